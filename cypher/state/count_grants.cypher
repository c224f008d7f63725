// title: How many GRANTS edges there are
// (:Role)-[:GRANTS]->(:Permission)
MATCH (:Permission {workspace: $workspace})<-[e:GRANTS]-(x:Role) WHERE x.workspace = $workspace
RETURN count(e) AS edges
