from . import (
    test_engine,
    test_existing_helpdesk,
    test_forgery,
    test_influence,
    test_response_policy,
    test_routing,
    test_sources,
    test_worktime,
)
