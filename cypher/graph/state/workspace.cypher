// title: Who writes the workspace, the version of its server, and what was loaded last
MATCH (w:Workspace {workspace: $workspace, id: $workspace})
OPTIONAL MATCH (s:Sync {workspace: $workspace}) WHERE s.id = w.lastSyncId
RETURN w.leaseOwner AS owner, w.leaseExpires AS expires, w.leaseTouched AS touched, w.lastSyncId AS lastSync,
       s.startedAt AS startedAt, s.contentSha256 AS content, w.version AS version
