// title: Which of these ids are a FormerUser
UNWIND $ids AS id
MATCH (x:FormerUser {workspace: $workspace, id: id})
  USING INDEX SEEK x:FormerUser(workspace, id)
RETURN collect(x.id) AS page
