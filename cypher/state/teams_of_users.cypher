// title: The teams of these users, each with the properties of the edge
// (:User)-[:MEMBER_OF]->(:Team)
UNWIND $ids AS id
MATCH (x:User {workspace: $workspace, id: id})-[m:MEMBER_OF]->(t:Team {workspace: $workspace})
  USING INDEX SEEK x:User(workspace, id)
RETURN x.id AS id, collect([t.id, m.roles, m.owner, m.joinedAt, m.addedById]) AS page
