using RaftKv.Shell.Host;

// The engine reads this once while it loads, so it has to be set before its first type is touched.
Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
return ShellProgram.Run(args);
