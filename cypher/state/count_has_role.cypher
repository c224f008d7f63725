// title: How many HAS_ROLE edges there are
// (:User)-[:HAS_ROLE]->(:Role)
MATCH (:Role {workspace: $workspace})<-[e:HAS_ROLE]-(x:User) WHERE x.workspace = $workspace
RETURN count(e) AS edges
