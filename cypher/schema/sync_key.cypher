// title: One Sync for each id of a workspace
CREATE CONSTRAINT rc2graph_sync_key IF NOT EXISTS FOR (x:Sync) REQUIRE (x.workspace, x.id) IS UNIQUE
