// title: Of these role ids, those that no role carries, and whether an account holds them
MATCH (r:Role {workspace: $workspace}) WHERE r.id IN $ids AND r.dangling = true
RETURN r.id AS id, EXISTS { (r)<-[:HAS_ROLE]-(:User) } AS held
ORDER BY id
