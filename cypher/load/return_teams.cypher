// title: Teams that are back. A transaction of its own: ArcadeDB moves a node when its labels change
UNWIND $ids AS id
MATCH (x:FormerTeam {workspace: $workspace, id: id})
  USING INDEX SEEK x:FormerTeam(workspace, id)
REMOVE x:FormerTeam, x.until, x.fingerprint SET x:Team
