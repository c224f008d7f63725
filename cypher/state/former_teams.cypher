// title: Which of these ids are a FormerTeam
UNWIND $ids AS id
MATCH (x:FormerTeam {workspace: $workspace, id: id})
RETURN collect(x.id) AS page
