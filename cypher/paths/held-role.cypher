// title: Who held one role at an instant
// question: Of whom do the loads say that the account named the role then?
// needs: users, roles
// param role: id of the role
// param at: the instant, ISO in UTC
// columns: id, user, name, state (as it is now, or former), since, until
// It knows what loads have seen: `since` is the first of them that saw it, `until` the first that did not any more.
MATCH (r:Role|FormerRole {workspace: $workspace, id: $role})
CALL (r) {
  MATCH (r)<-[h:HAS_ROLE]-(u:User) WHERE h.firstSeen <= $at
  RETURN u, h.firstSeen AS since, null AS until
  UNION ALL
  MATCH (r)<-[h:HAD_ROLE]-(u:User|FormerUser) WHERE h.since <= $at AND h.until > $at
  RETURN u, h.since AS since, h.until AS until
}
RETURN u.id AS id, u.username AS user, u.name AS name,
       CASE WHEN u:FormerUser THEN 'former' ELSE coalesce(u.status, 'not visible') END AS state, since, until
ORDER BY coalesce(u.username, u.id), u.id, since
