using Headrace.Server.Machine;

namespace Headrace.Server.Hosting;

/// <summary>
/// Decides whether the data folder is safe from other users. A user who can write to the folder can replace the admin
/// key, even without access to the files in it.
/// </summary>
internal static class DataFolderRule
{
    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const uint Root = 0;

    /// <summary>
    /// Returns the reason why the folder cannot hold a store, or null if it can. The status is null on a system that
    /// does not report it.
    /// </summary>
    public static string? Refusal(FileStatus? status, uint user, string folder) =>
        status is not { } found ? null
        : found.Owner != user && found.Owner != Root
            ? $"The data folder {folder} belongs to user {found.Owner}, who can replace the admin key in it. Make "
                + $"user {user} its owner, or choose a folder inside it, such as --data {folder}/headrace."
        : (found.Mode & WritableByOthers) != 0
            ? $"The data folder {folder} is writable by other users (mode "
                + $"{Convert.ToString((int)found.Mode, 8)}), who can replace the admin key in it. Run "
                + $"`chmod go-w {folder}`, or choose a folder inside it, such as --data {folder}/headrace."
        : null;
}
