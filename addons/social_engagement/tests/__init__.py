from . import test_hoot
from . import test_networks_contract
from . import test_channel, test_conversation, test_feed, test_intake, test_outbox
from . import test_networks_bluesky
from . import test_networks_http
from . import test_networks_mastodon
from . import test_networks_rss
from . import test_networks_sandbox
from . import test_networks_text
from . import test_forgery, test_learning, test_topic, test_understanding
from . import test_analysis, test_analysis_influence, test_analysis_learning
