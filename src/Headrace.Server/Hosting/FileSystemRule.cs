namespace Headrace.Server.Hosting;

/// <summary>
/// Decides which file systems can hold a store (R25). A store needs a lock that is honoured by every machine with
/// access to the folder, and memory that is shared by all readers of the store. Network file systems, and folders
/// shared from a virtual machine host, guarantee neither.
/// </summary>
internal static class FileSystemRule
{
    private static readonly HashSet<string> Network = new(StringComparer.Ordinal)
    {
        "9p",
        "acfs",
        "afpfs",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "davfs",
        "dfs",
        "gfs",
        "gfs2",
        "glusterfs",
        "gpfs",
        "kafs",
        "lustre",
        "ncp",
        "ncpfs",
        "nfs",
        "nfs3",
        "nfs4",
        "ocfs2",
        "orangefs",
        "pvfs2",
        "smb",
        "smb2",
        "smb3",
        "smbfs",
        "vboxsf",
        "virtiofs",
        "vmhgfs",
        "webdav",
    };

    /// <summary>
    /// FUSE file systems that store their files on another machine. A <c>fuse.X</c> type that is not listed here is
    /// treated as local.
    /// </summary>
    private static readonly HashSet<string> NetworkInUserSpace = new(StringComparer.Ordinal)
    {
        "afp",
        "beegfs",
        "blobfuse",
        "blobfuse2",
        "ceph",
        "ceph-fuse",
        "cifs",
        "curlftpfs",
        "dav",
        "davfs",
        "davfs2",
        "gcsfuse",
        "glusterfs",
        "goofys",
        "hdfs",
        "ipfs",
        "juicefs",
        "lizardfs",
        "mfs",
        "moosefs",
        "nfs",
        "rclone",
        "s3fs",
        "s3ql",
        "seaweedfs",
        "smbnetfs",
        "sshfs",
        "vmhgfs-fuse",
        "xtreemfs",
    };

    /// <summary>
    /// Returns the reason why a folder on a file system of this type cannot hold a store, or null if it can.
    /// </summary>
    public static string? Refusal(string type, string folder)
    {
        var name = type.ToLowerInvariant();
        var isNetwork = name.StartsWith("fuse.", StringComparison.Ordinal)
            ? NetworkInUserSpace.Contains(name["fuse.".Length..])
            : Network.Contains(name);
        return isNetwork
            ? $"The data folder {folder} is on a network file system ({type}), where locks and shared memory "
                + "are not reliable. Choose a folder on a local disk with --data."
            : null;
    }
}
