from feedsvc.app import create_application

application = create_application()
