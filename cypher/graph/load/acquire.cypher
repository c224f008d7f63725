// title: Take the lease of a workspace, where nobody holds it
// The first SET changes nothing but takes the lock, so that what is read after it stays true. No row: somebody holds it.
MERGE (w:Workspace {workspace: $workspace, id: $workspace})
SET w.id = $workspace
WITH w, w.leaseOwner AS owner, w.leaseExpires AS expires, w.leaseTouched AS touched, w.lastSyncId AS lastSync
WHERE owner IS NULL OR owner = $me OR expires <= $now
SET w.leaseOwner = $me, w.leaseExpires = $until, w.leaseTouched = $me
RETURN owner, expires, touched, lastSync
