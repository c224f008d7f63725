// title: Whether these accounts hold these roles, and by which names a reviewer would be one of them
// param rows: for each, id of the account and id of the role
// columns: user, access, subject, called, held
// (:User)-[:HAS_ROLE]->(:Role)
UNWIND $rows AS row
MATCH (u:User {workspace: $workspace, id: row[0]})
OPTIONAL MATCH (u)-[:HAS_ROLE]->(r:Role {workspace: $workspace, id: row[1]})
RETURN row[0] AS user, row[1] AS access, [u.username, u.name, u.emails] AS subject,
       coalesce(r.name, r.id) AS called, CASE WHEN r.id IS NULL THEN null ELSE [] END AS held
