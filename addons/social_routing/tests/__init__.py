from . import (
    test_agents,
    test_engine,
    test_existing_helpdesk,
    test_forgery,
    test_gone,
    test_influence,
    test_leads,
    test_response_policy,
    test_routing,
    test_sources,
    test_ten_cases,
    test_worktime,
)
