// title: Roles that are back. A transaction of its own: ArcadeDB moves a node when its labels change
UNWIND $ids AS id
MATCH (x:FormerRole {workspace: $workspace, id: id})
  USING INDEX SEEK x:FormerRole(workspace, id)
REMOVE x:FormerRole, x.until, x.fingerprint SET x:Role
