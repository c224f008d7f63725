// title: Moderators of private teams
// question: Who is moderator of a private team, and could make themselves owner?
// why: A moderator may change the roles of members, their own too, and add whom they like. Rocket.Chat asks for no more.
// controls: SOC2 CC6.3, ISO27001 A.5.18, NIST AC-6
// severity: info
// needs: users, teams, members
// examines: memberships
// columns: user, active, serviceAccount, federated, team, joinedAt, path
MATCH (t:Team {workspace: $workspace, private: true})<-[m:MEMBER_OF]-(u:User)
WHERE 'moderator' IN m.roles AND NOT coalesce(m.owner, false)
WITH u, m, coalesce(u.username, u.id) AS user, coalesce(t.name, t.id) AS team
RETURN user, u.active AS active, u.serviceAccount AS serviceAccount, u.federated AS federated, team, m.joinedAt AS joinedAt,
       [user, team] AS path
ORDER BY team, user
