// title: How many <noun> of today say the id of an account, as Rocket.Chat does
// each: node or edge with the id of an account
// param id: id of the account
MATCH <x>
<where>
RETURN count(x) AS number
