// title: Who was in one team at an instant
// question: Of whom do the loads say that they were members then?
// needs: users, teams, members, deactivatedMembers
// param team: id of the team
// param at: the instant, ISO in UTC
// columns: id, user, name, state (as it is now, or former), since, until
// It knows what loads have seen: `since` is the first of them that saw it, `until` the first that did not any more.
MATCH (t:Team|FormerTeam {workspace: $workspace, id: $team})
CALL (t) {
  MATCH (t)<-[m:MEMBER_OF]-(u:User) WHERE m.firstSeen <= $at
  RETURN u, m.firstSeen AS since, null AS until
  UNION ALL
  MATCH (t)<-[m:WAS_MEMBER_OF]-(u:User|FormerUser) WHERE m.since <= $at AND m.until > $at
  RETURN u, m.since AS since, m.until AS until
}
RETURN u.id AS id, u.username AS user, u.name AS name,
       CASE WHEN u:FormerUser THEN 'former' ELSE coalesce(u.status, 'not visible') END AS state, since, until
ORDER BY coalesce(u.username, u.id), u.id, since
