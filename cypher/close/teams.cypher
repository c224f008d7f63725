// title: Teams that are gone become FormerTeams, with whatever others have attached to them
// REMOVE before SET, in one statement and a transaction of its own: the form that both engines take.
UNWIND $ids AS id
MATCH (x:Team {workspace: $workspace, id: id})
  USING INDEX SEEK x:Team(workspace, id)
REMOVE x:Team, x.fingerprint SET x:FormerTeam, x.until = $now
