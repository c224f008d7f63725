// title: How many HAS_ROOM edges there are
// (:Team)-[:HAS_ROOM]->(:Room)
MATCH (:Room {workspace: $workspace})<-[e:HAS_ROOM]-(x:Team) WHERE x.workspace = $workspace
RETURN count(e) AS edges
