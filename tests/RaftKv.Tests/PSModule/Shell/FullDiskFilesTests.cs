namespace RaftKv.Tests.PSModule.Shell;

/// <summary>A full disk, a real one that is mounted for the test, spoils no file that a cmdlet was to replace or to add to.</summary>
public sealed class FullDiskFilesTests
{
    private const string Mount = """
        mount -t tmpfs -o size=1m,mode=755 tmpfs "$1" || { echo 'cannot mount'; exit 0; }
        shift; exec "$@"
        """;

    private const string Script = """
        param($Disk)
        function Get-Picture { Get-ChildItem $Disk | Sort-Object Name | ForEach-Object { "$($_.Name) $((Get-FileHash $_).Hash)" } }
        $few = 1..3 | ForEach-Object { @{ Metric = 'Time'; Value = $_; Unit = 's' } }
        $few | Export-RaftResult "$Disk/replaced.csv"
        $few | Export-RaftResult "$Disk/added.csv"
        $null = Export-RaftFigure "$Disk/added.csv" -OutputPath "$Disk/figure.png"
        dd if=/dev/zero of=$Disk/fill bs=4k 2>$null
        $before = Get-Picture
        $ErrorActionPreference = 'SilentlyContinue'
        $many = 1..3000 | ForEach-Object { @{ Metric = 'Time'; Value = $_; Unit = 's' } }
        $many | Export-RaftResult "$Disk/replaced.csv" -ErrorVariable +failed
        $many | Export-RaftResult "$Disk/added.csv" -Append -ErrorVariable +failed
        $null = Export-RaftFigure "$Disk/added.csv" -OutputPath "$Disk/figure.png" -Width 2000 -ErrorVariable +failed
        "$($failed.Count) refused, $(@(Compare-Object $before (Get-Picture)).Count) changed"
        $failed | ForEach-Object { "$_" }
        """;

    [Fact]
    public async Task Files_OnAFullDisk_StayAsTheyWere()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Mounting needs Linux and root.");
        using var folder = new ScriptFolder();
        var disk = Directory.CreateDirectory(Path.Combine(folder.Path, "disk")).FullName;
        var script = folder.Add("full.ps1", Script);

        var result = await ShellProcess.RunAsync(
            ["--mount", "sh", "-c", Mount, "sh", disk, ShellProcess.Executable, "-NoProfile", "-NonInteractive", "-File", script, disk], program: "unshare");

        Assert.SkipWhen(result.Output.StartsWith("cannot mount", StringComparison.Ordinal) || result.Errors.Contains("unshare failed", StringComparison.Ordinal), "This container may not mount.");
        Assert.StartsWith("3 refused, 0 changed\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("No space left", result.Output, StringComparison.Ordinal);
    }
}
