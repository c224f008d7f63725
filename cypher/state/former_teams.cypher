// title: Which of these ids are a FormerTeam
UNWIND $ids AS id
MATCH (x:FormerTeam {workspace: $workspace, id: id})
  USING INDEX SEEK x:FormerTeam(workspace, id)
RETURN collect(x.id) AS page
