// title: What the graph says of these teams: properties in the order of load/teams, then of each member id, roles, owner, joined, added by
// (:User)-[:MEMBER_OF]->(:Team)
UNWIND $ids AS id
MATCH (x:Team {workspace: $workspace, id: id})
  USING INDEX SEEK x:Team(workspace, id)
RETURN collect([x.id, x.name, x.private, x.createdAt, x.createdById, x.roomId, x.memberRows, x.orphanRows,
                [(x)<-[e:MEMBER_OF]-(u:User {workspace: $workspace}) |
                 [u.id, e.roles, e.owner, e.joinedAt, e.addedById]]]) AS page
