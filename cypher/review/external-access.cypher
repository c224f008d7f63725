// title: Accounts with an address from outside, in private teams or with privilege
// question: Which accounts have no address of your own domains, and sit in a private team, own a team, or hold a privileged role?
// why: Such an account is not closed when somebody leaves your company, and its password is reset through a mailbox that is not yours.
// controls: SOC2 CC6.1, ISO27001 A.5.15, NIST AC-20
// severity: medium
// needs: users, roles, permissions, teams, members, emails
// param internal_domains: [] = your own e-mail domains, their subdomains included; none: the one domain that most active people have
// columns: user, emails, internal, what, name, lastLogin, path
// heuristic: Without -p internal_domains=… the domain that most active accounts of type user have counts as yours, and only that.
// Privileged is a role that grants a permission of tier A, B or C. Those that are switched off stand in deactivated-members.
CALL () {
  MATCH (u:User {workspace: $workspace})
  WHERE size($internal_domains) = 0 AND u.id >= '' AND u.active = true AND u.type = 'user'
  UNWIND u.emails AS email
  WITH split(email, '@')[1] AS written, count(*) AS times
  WITH toLower(written) AS domain, sum(times) AS accounts
  WHERE domain IS NOT NULL
  WITH domain, accounts ORDER BY accounts DESC, domain LIMIT 1
  RETURN collect(domain) AS usual
}
WITH [domain IN $internal_domains | toLower(domain)] + usual AS internal
WHERE size(internal) > 0
MATCH (u:User {workspace: $workspace})
WHERE u.id >= '' AND size(u.emails) > 0 AND coalesce(u.active, true)
  AND none(email IN u.emails WHERE any(domain IN internal
           WHERE email ENDS WITH '@' + domain OR toLower(email) ENDS WITH '@' + domain OR toLower(email) ENDS WITH '.' + domain))
CALL (u) {
  MATCH (u)-[:HAS_ROLE]->(r:Role)
  WHERE EXISTS { MATCH (r)-[:GRANTS]->(p:Permission) WHERE p.tier IS NOT NULL }
  RETURN 'privileged role' AS what, coalesce(r.name, r.id) AS name
  UNION ALL
  MATCH (u)-[m:MEMBER_OF]->(t:Team)
  WHERE t.private = true OR m.owner = true
  RETURN CASE WHEN m.owner = true THEN 'owner of a team' ELSE 'private team' END AS what, coalesce(t.name, t.id) AS name
}
WITH u, internal, what, name, coalesce(u.username, u.id) AS user
RETURN user, u.emails AS emails, internal, what, name, u.lastLogin AS lastLogin, [user, name] AS path
ORDER BY user, what, name
