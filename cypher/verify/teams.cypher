// title: Which of these teams are not as these rows say
// A row: id, properties in the order of load/teams, nothing, then for each member, by id: id, roles, owner, joined, added by.
// What a row does not know stands in it as {}, which no property can be: null is equal to nothing.
// (:User)-[:MEMBER_OF]->(:Team)
UNWIND $rows AS row
MATCH (x:Team {workspace: $workspace, id: row[0]})
WITH x, row, COLLECT {
  MATCH (x)<-[e:MEMBER_OF]-(u:User {workspace: $workspace}) WHERE u.id IS NOT NULL
  RETURN [u.id, coalesce(e.roles, {}), coalesce(e.owner, {}), coalesce(e.joinedAt, {}), coalesce(e.addedById, {})]
  ORDER BY u.id
} AS members
WHERE NOT coalesce(members = row[3], false)
   OR NOT coalesce(row[1] = [coalesce(x.name, {}), coalesce(x.private, {}), coalesce(x.createdAt, {}),
        coalesce(x.createdById, {}), coalesce(x.roomId, {}), coalesce(x.memberRows, {}), coalesce(x.orphanRows, {})], false)
RETURN collect(x.id) AS ids
