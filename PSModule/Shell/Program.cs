using Microsoft.PowerShell;

// PowerShell itself, with the module of this checkout and Pester first on its module path.
// The engine reads this once while it loads, so it has to be set before its first type is touched.
Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
RaftKv.Shell.ModulePath.PutOursFirst();
return UnmanagedPSEntry.Start(args, args.Length);
