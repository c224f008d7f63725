// title: What the graph says of these teams
UNWIND $ids AS id
MATCH (x:Team {workspace: $workspace, id: id})
  USING INDEX SEEK x:Team(workspace, id)
RETURN collect([x.id, x.name, x.private, x.createdAt, x.createdById, x.roomId, x.memberRows, x.orphanRows]) AS page
