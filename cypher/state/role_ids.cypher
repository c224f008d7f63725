// title: The ids of roles that the server listed
MATCH (r:Role {workspace: $workspace}) WHERE r.id >= '' AND r.dangling IS NULL RETURN collect(r.id) AS page
