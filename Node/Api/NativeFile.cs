using System.Runtime.InteropServices;

namespace RaftKv.Api;

/// <summary>The one question about a path that the runtime does not answer: whether it is a file or a device.</summary>
internal static partial class NativeFile
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const uint TypeAsked = 1; // STATX_TYPE
    private const int StructBytes = 256; // struct statx, the same on every architecture.
    private const int ModeOffset = 28;
    private const int TypeMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const int DirectoryType = 0x4000;

    /// <summary>Whether a device, a pipe or a socket lies at a path, behind links. Not asked where the system is not Linux.</summary>
    public static bool IsDevice(string path)
    {
        Span<byte> answer = stackalloc byte[StructBytes];
        return OperatingSystem.IsLinux()
            && Ask(CurrentDirectory, path, 0, TypeAsked, answer) == 0
            && (BitConverter.ToUInt16(answer[ModeOffset..]) & TypeMask) is not (RegularFile or DirectoryType);
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Ask(int directory, string path, int flags, uint mask, Span<byte> answer);
}
