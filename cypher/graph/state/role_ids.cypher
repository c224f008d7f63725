// title: The ids of roles that the server listed
MATCH (r:Role {workspace: $workspace})
  USING INDEX SEEK r:Role(workspace, id)
WHERE r.id >= '' AND r.dangling IS NULL RETURN collect(r.id) AS page
