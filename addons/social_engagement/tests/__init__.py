from . import test_hoot
from . import test_networks_contract
from . import test_channel, test_conversation, test_feed, test_intake, test_outbox
