"""Tests of Jangteo Studio. `rigs` are the real peers a show talks to (servers, disks, faults, our own command),
`instruments` read back what was aired, the other folders are the rooms of the product."""
