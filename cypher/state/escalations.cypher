// title: All ways to administrator that the graph holds
// (:Permission)-[:ESCALATES_TO|ESCALATES_WITH]->(:Role)
MATCH (r:Role {workspace: $workspace, id: 'admin'})<-[e:ESCALATES_TO|ESCALATES_WITH]-(p:Permission {workspace: $workspace})
RETURN collect([p.id, type(e), e.key, e.needs, e.how, e.condition]) AS page
