using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

public sealed class FileSystemRuleTests
{
    [Theory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    [InlineData("zfs")]
    [InlineData("tmpfs")]
    [InlineData("overlay")]
    [InlineData("apfs")]
    [InlineData("fuseblk")]
    [InlineData("fuse.overlayfs")]
    [InlineData("something-new")]
    public void A_local_file_system_is_accepted(string type) => Assert.Null(FileSystemRule.Refusal(type, "/data"));

    [Theory]
    [InlineData("nfs")]
    [InlineData("nfs4")]
    [InlineData("NFS4")]
    [InlineData("cifs")]
    [InlineData("smb3")]
    [InlineData("smbfs")]
    [InlineData("9p")]
    [InlineData("virtiofs")]
    [InlineData("vboxsf")]
    [InlineData("ceph")]
    [InlineData("lustre")]
    [InlineData("gpfs")]
    [InlineData("glusterfs")]
    [InlineData("fuse.sshfs")]
    [InlineData("fuse.glusterfs")]
    [InlineData("fuse.s3fs")]
    [InlineData("fuse.rclone")]
    public void A_network_file_system_is_rejected_with_its_type_and_a_remedy(string type)
    {
        var words = FileSystemRule.Refusal(type, "/data");

        Assert.Contains($"({type})", words);
        Assert.Contains("/data", words);
        Assert.Contains("--data", words);
    }
}
