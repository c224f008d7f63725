// title: Hold on to the lease, where it is still ours
// The first statement of every write transaction: it locks the lease until the commit. No row: stop.
MATCH (w:Workspace {workspace: $workspace, id: $workspace})
SET w.id = $workspace
WITH w WHERE w.leaseOwner = $me
SET w.leaseExpires = $until
RETURN w.leaseOwner AS owner
