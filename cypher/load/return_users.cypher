// title: Users that are back. A transaction of its own: ArcadeDB moves a node when its labels change
UNWIND $ids AS id
MATCH (x:FormerUser {workspace: $workspace, id: id})
  USING INDEX SEEK x:FormerUser(workspace, id)
REMOVE x:FormerUser, x.until, x.fingerprint SET x:User
