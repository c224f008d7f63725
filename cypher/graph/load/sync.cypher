// title: Write down a finished run, and give the lease back with it
MATCH (w:Workspace {workspace: $workspace, id: $workspace})
SET w.url = $url, w.version = $version, w.lastSyncId = $id
REMOVE w.leaseOwner, w.leaseExpires
MERGE (s:Sync {workspace: $workspace, id: $id})
SET s += $sync
