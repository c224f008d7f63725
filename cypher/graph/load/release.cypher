// title: Give the lease back; leaseTouched still says who wrote last
MATCH (w:Workspace {workspace: $workspace, id: $workspace})
SET w.id = $workspace
WITH w WHERE w.leaseOwner = $me
REMOVE w.leaseOwner, w.leaseExpires
