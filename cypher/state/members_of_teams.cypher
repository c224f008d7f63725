// title: The members of these teams, each with the properties of the edge
// (:User)-[:MEMBER_OF]->(:Team)
UNWIND $ids AS id
MATCH (x:Team {workspace: $workspace, id: id})<-[m:MEMBER_OF]-(u:User {workspace: $workspace})
  USING INDEX SEEK x:Team(workspace, id)
RETURN x.id AS id, collect([u.id, m.roles, m.owner, m.joinedAt, m.addedById]) AS page
