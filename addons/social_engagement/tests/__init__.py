from . import test_hoot
from . import test_networks
from . import test_channel, test_conversation, test_feed, test_intake, test_outbox
from . import test_networks_bluesky
from . import test_networks_http
from . import test_networks_mastodon
from . import test_networks_rss
from . import test_networks_sandbox
from . import test_networks_text
from . import test_networks_walk
from . import test_networks_wordpress
from . import test_forgery
from . import test_analysis, test_analysis_influence, test_analysis_learning
