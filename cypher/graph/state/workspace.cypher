// title: Who writes the workspace, and what was loaded last
MATCH (w:Workspace {workspace: $workspace, id: $workspace})
OPTIONAL MATCH (s:Sync {workspace: $workspace}) WHERE s.id = w.lastSyncId
RETURN w.leaseOwner AS owner, w.leaseExpires AS expires, w.leaseTouched AS touched, w.lastSyncId AS lastSync,
       s.startedAt AS startedAt, s.contentSha256 AS content
