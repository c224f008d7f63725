// title: Which of these ids are a FormerRole
UNWIND $ids AS id
MATCH (x:FormerRole {workspace: $workspace, id: id})
  USING INDEX SEEK x:FormerRole(workspace, id)
RETURN collect(x.id) AS page
