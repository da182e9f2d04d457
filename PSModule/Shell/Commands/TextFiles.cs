using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text;

namespace Microsoft.PowerShell.Commands;

/// <summary>Reads an encoding by the names that PowerShell gives it, or by code page number or web name.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TextEncodingAttribute : ArgumentTransformationAttribute
{
    internal static readonly string[] Names =
        ["ansi", "ascii", "bigendianunicode", "bigendianutf32", "oem", "unicode", "utf7", "utf8", "utf8BOM", "utf8NoBOM", "utf32"];

    internal static Encoding Default { get; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            string name => Named(name),
            int codePage => Encoding.GetEncoding(codePage),
            _ => inputData,
        };
    }

    private static Encoding Named(string name) => name.ToUpperInvariant() switch
    {
        "ASCII" => Encoding.ASCII,
        "BIGENDIANUNICODE" => Encoding.BigEndianUnicode,
        "BIGENDIANUTF32" => new UTF32Encoding(bigEndian: true, byteOrderMark: true),
        "UNICODE" or "STRING" => Encoding.Unicode,
        "UTF8" or "UTF8NOBOM" or "OEM" or "ANSI" or "DEFAULT" => Default,
        "UTF8BOM" => new UTF8Encoding(encoderShouldEmitUTF8Identifier: true),
        "UTF32" => Encoding.UTF32,
        _ when int.TryParse(name, out var codePage) => Encoding.GetEncoding(codePage),
        _ => Encoding.GetEncoding(name),
    };
}

/// <summary>Completes encoding names.</summary>
public sealed class TextEncodingCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters) =>
        TextEncodingAttribute.Names
            .Where(name => name.StartsWith(wordToComplete, StringComparison.OrdinalIgnoreCase))
            .Select(name => new CompletionResult(name));
}

/// <summary>One file that a command writes, with the errors that PowerShell users know.</summary>
internal sealed class TextFile
{
    private readonly PSCmdlet _command;

    internal TextFile(PSCmdlet command, string path, bool literal)
    {
        _command = command;
        FullPath = Resolve(path, literal);
    }

    internal string FullPath { get; }

    internal StreamWriter OpenWriter(Encoding encoding, bool append, bool force, bool noClobber)
    {
        if (noClobber && !append && File.Exists(FullPath))
        {
            Fail(new IOException($"The file '{FullPath}' already exists."), "NoClobber", ErrorCategory.ResourceExists);
        }

        try
        {
            if (force && File.Exists(FullPath) && File.GetAttributes(FullPath).HasFlag(FileAttributes.ReadOnly))
            {
                File.SetAttributes(FullPath, File.GetAttributes(FullPath) & ~FileAttributes.ReadOnly);
            }

            var mode = append ? FileMode.Append : FileMode.Create;
            return new StreamWriter(new FileStream(FullPath, mode, FileAccess.Write, FileShare.ReadWrite), encoding);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Fail(exception, "FileOpenFailure", ErrorCategory.OpenError);
            throw;
        }
    }

    private string Resolve(string path, bool literal)
    {
        if (!literal && WildcardPattern.ContainsWildcardCharacters(path))
        {
            try
            {
                var found = _command.SessionState.Path.GetResolvedProviderPathFromPSPath(path, out _);
                if (found.Count == 1)
                {
                    return found[0];
                }

                if (found.Count > 1)
                {
                    FullPathOrFail(path, "The path matches several files.");
                }
            }
            catch (ItemNotFoundException)
            {
                // A pattern without a match names a new file.
            }
        }

        var full = _command.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
        if (provider.Name != "FileSystem")
        {
            FullPathOrFail(path, $"The path is on the {provider.Name} drive, which holds no files.");
        }

        return full;
    }

    private void FullPathOrFail(string path, string why) => _command.ThrowTerminatingError(new ErrorRecord(
        new PSArgumentException($"Cannot open '{path}'. {why}"), "ReadWriteFileNotFileSystemProvider", ErrorCategory.InvalidArgument, path));

    private void Fail(Exception exception, string id, ErrorCategory category) =>
        _command.ThrowTerminatingError(new ErrorRecord(exception, id, category, FullPath));
}

/// <summary>Finds the files that a command reads.</summary>
internal static class InputFiles
{
    /// <summary>The existing files of a path; what cannot be found or is no file is written as an error.</summary>
    internal static List<string> Resolve(PSCmdlet command, string path, bool literal, string errorId)
    {
        try
        {
            var paths = literal
                ? [command.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path)]
                : command.SessionState.Path.GetResolvedProviderPathFromPSPath(path, out _).ToList();
            var missing = paths.Find(found => !File.Exists(found));
            if (missing is null)
            {
                return paths;
            }

            command.WriteError(new ErrorRecord(
                new FileNotFoundException($"Could not find file '{missing}'."), errorId, ErrorCategory.OpenError, missing));
            return [.. paths.Where(File.Exists)];
        }
        catch (Exception exception) when (exception is SessionStateException)
        {
            command.WriteError(new ErrorRecord(exception, errorId, ErrorCategory.OpenError, path));
            return [];
        }
    }
}
