Creator "somebody"
graph [
  directed 0
  node [ id 0 label "North &quot;A&quot;" type "switch" ]
  node [ id 1 label "South" type "switch" ]
  node [ id 2 label "h0" type "host" ]
  node [ id 3 label "h1" kind "node" ]
  edge [ source 0 target 1 LinkSpeed "10" LinkSpeedUnits "G" LinkSpeedRaw 10000000000.0 ]
  edge [ source 2 target 0 bandwidth "25 Gbit/s" latency "1 us" ]
  edge [ source 3 target 1 ]
]
