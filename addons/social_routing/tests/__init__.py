from . import (
    test_engine,
    test_existing_helpdesk,
    test_forgery,
    test_routing,
)
