# An independent reader of a server's write-ahead log, written from the drawing in Node/Engine/Storage/LogFormat.cs and
# Node/Core/Kv/CommandCodec.cs and sharing no code with them: the suites look at the files, not at a server's word.

# Reads a variable-length number: base 128, low groups first, the high bit says "more".
function Read-LogNumber([byte[]] $Bytes, [ref] $At) {
    $value = [long] 0; $shift = 0
    do {
        $byte = $Bytes[$At.Value]; $At.Value++
        $value = $value -bor ([long] ($byte -band 0x7F) -shl $shift); $shift += 7
    } while ($byte -band 0x80)
    $value
}

# Reads bytes behind their length, as text.
function Read-LogText([byte[]] $Bytes, [ref] $At) {
    $length = [int] (Read-LogNumber $Bytes $At)
    $text = [Text.Encoding]::UTF8.GetString($Bytes, $At.Value, $length)
    $At.Value += $length
    $text
}

# Turns an entry's payload into key and value; other commands than put and delete have neither.
function Read-LogCommand([byte[]] $Payload) {
    $kinds = @{ 1 = 'OpenSession'; 2 = 'Put'; 3 = 'Delete'; 4 = 'CloseSession' }
    $command = @{ Kind = $kinds[[int] $Payload[1]]; Key = $null; Value = $null }
    $at = 3
    foreach ($number in 1..3) { $null = Read-LogNumber $Payload ([ref] $at) }
    if ($command.Kind -in 'Put', 'Delete') { $command.Key = Read-LogText $Payload ([ref] $at) }
    if ($command.Kind -eq 'Put') { $command.Value = Read-LogText $Payload ([ref] $at) }
    $command
}

# Reads a whole file that a server may be writing to at the same time.
function Read-SharedFile([string] $Path) {
    $stream = [IO.FileStream]::new($Path, [IO.FileMode]::Open, [IO.FileAccess]::Read, [IO.FileShare]::ReadWrite)
    try {
        $bytes = [byte[]]::new($stream.Length)
        $stream.ReadExactly($bytes, 0, $bytes.Length)
        , $bytes
    }
    finally { $stream.Dispose() }
}

# The entries of a log that is kept as JSON, as the published evaluation's preset does.
function Read-JsonLogFile([string] $Path) {
    $log = [Text.Encoding]::UTF8.GetString((Read-SharedFile $Path)) | ConvertFrom-Json
    foreach ($item in $log.entries) {
        $entry = [pscustomobject] @{ Index = [long] $item.index; Term = [long] $item.term; Kind = 'NoOp'; Key = $null; Value = $null }
        if ($item.kind -eq 1) {
            $command = Read-LogCommand ([Convert]::FromBase64String($item.payload))
            $entry.Kind = $command.Kind; $entry.Key = $command.Key; $entry.Value = $command.Value
        }
        $entry
    }
}

# The entries that the files of one server hold, by index: truncations and overwritten entries are carried out.
function Read-LogFile {
    param([Parameter(Mandatory)] [string] $DataPath)
    if (Test-Path "$DataPath/log/log.json") { return Read-JsonLogFile "$DataPath/log/log.json" }
    $entries = [System.Collections.Generic.SortedDictionary[long, object]]::new()
    $nextFrame = [long] 1
    $segments = Get-ChildItem $DataPath -Recurse -Filter *.wal | Where-Object Name -Match '^\d{16}\.wal$' | Sort-Object Name
    foreach ($segment in $segments) {
        $bytes = Read-SharedFile $segment.FullName
        if ([Text.Encoding]::ASCII.GetString($bytes, 0, 8) -cne 'RAFTKVWL') { throw "$($segment.Name) is no segment of a log" }
        if ([BitConverter]::ToInt64($bytes, 32) -ne $nextFrame) { throw "$($segment.Name) does not begin with frame $nextFrame" }
        $at = 72
        while ($at + 16 -le $bytes.Length) {
            $length = [BitConverter]::ToInt32($bytes, $at)
            if ($length -eq 0 -or [BitConverter]::ToInt64($bytes, $at + 8) -ne $nextFrame) { break }
            $record = $at + 16
            while ($record -lt $at + 16 + $length) {
                $payloadLength = [BitConverter]::ToInt32($bytes, $record + 4)
                $term = [BitConverter]::ToInt64($bytes, $record + 8)
                $index = [BitConverter]::ToInt64($bytes, $record + 16)
                if ($bytes[$record] -eq 2) {
                    foreach ($gone in @($entries.Keys | Where-Object { $_ -ge $index })) { $null = $entries.Remove($gone) }
                }
                elseif ($bytes[$record] -eq 3) {
                    $entry = [pscustomobject] @{ Index = $index; Term = $term; Kind = 'NoOp'; Key = $null; Value = $null }
                    if ($bytes[$record + 1] -eq 1) {
                        $payload = [byte[]] $bytes[($record + 24)..($record + 23 + $payloadLength)]
                        $command = Read-LogCommand $payload
                        $entry.Kind = $command.Kind; $entry.Key = $command.Key; $entry.Value = $command.Value
                    }
                    $entries[$index] = $entry
                }
                $record += 24 + $payloadLength
            }
            $at += 16 + $length
            $at += (8 - $at % 8) % 8
            $nextFrame++
        }
    }
    $entries.Values
}
