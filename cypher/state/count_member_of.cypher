// title: How many MEMBER_OF edges there are
// (:User)-[:MEMBER_OF]->(:Team)
MATCH (:Team {workspace: $workspace})<-[e:MEMBER_OF]-(x:User) WHERE x.workspace = $workspace
RETURN count(e) AS edges
