#pragma once

#include "base/check.h"

#include <cstddef>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace weft::testing {

/// From now on the kernel ends this process, all threads of it, when any of them opens a socket,
/// connects one or starts a process; what is open stays. False: this kernel cannot.
inline bool close_all_ways_out() {
    const auto number = [](unsigned call, std::uint8_t else_skip) {
        return sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, else_skip);
    };
    const sock_filter die = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        number(SYS_socket, 1),
        die,
        number(SYS_connect, 1),
        die,
        number(SYS_execve, 1),
        die,
        number(SYS_execveat, 1),
        die,
#ifdef SYS_fork
        number(SYS_fork, 1),
        die,
        number(SYS_vfork, 1),
        die,
#endif
        // Its flags cannot be seen from here: libc then takes clone instead.
        number(SYS_clone3, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 38), // ENOSYS
        number(SYS_clone, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x10000, 1, 0), // CLONE_THREAD: no process
        die,
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{sizeof rules / sizeof rules[0], rules};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}

} // namespace weft::testing
