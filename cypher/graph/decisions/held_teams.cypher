// title: Whether these accounts are in these teams, as what, and by which names a reviewer would be one of them
// param rows: for each, id of the account and id of the team
// columns: user, access, subject, called, held (owner and roles; null: no member)
// (:User)-[:MEMBER_OF]->(:Team)
UNWIND $rows AS row
MATCH (u:User {workspace: $workspace, id: row[0]})
OPTIONAL MATCH (u)-[m:MEMBER_OF]->(t:Team {workspace: $workspace, id: row[1]})
RETURN row[0] AS user, row[1] AS access, [u.username, u.name, u.emails] AS subject,
       coalesce(t.name, t.id) AS called, CASE WHEN t.id IS NULL THEN null ELSE [m.owner, m.roles] END AS held
