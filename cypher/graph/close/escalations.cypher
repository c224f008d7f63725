// title: What followed from a permission that is gone
// (:Permission)-[:ESCALATES_TO|ESCALATES_WITH]->(:Role)
UNWIND $ids AS id
MATCH (p:Permission {workspace: $workspace, id: id})-[e:ESCALATES_TO|ESCALATES_WITH]->(r:Role {workspace: $workspace})
  USING INDEX SEEK p:Permission(workspace, id)
DELETE e
