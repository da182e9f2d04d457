using Microsoft.PowerShell;

// PowerShell itself, with the module of this checkout and Pester first on its module path.
// The engine reads these once while it loads, so they have to be set before its first type is touched.
Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("POWERSHELL_UPDATECHECK")))
{
    // A prompt would look for a newer PowerShell and advise to install it; this repository chooses which it hosts.
    Environment.SetEnvironmentVariable("POWERSHELL_UPDATECHECK", "Off");
}

if (Console.IsOutputRedirected || Console.IsErrorRedirected)
{
    // PowerShell colours what goes into a pipe or a file too, unless this is set.
    Environment.SetEnvironmentVariable("NO_COLOR", "1");
}

RaftKv.Shell.ModulePath.PutOursFirst();
return UnmanagedPSEntry.Start(args, args.Length);
